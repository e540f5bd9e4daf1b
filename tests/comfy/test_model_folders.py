"""Segmenters and text models in the host's model folders: what is offered, found and refused."""

import pytest
from maskvideo.core.errors import MaskVideoError


@pytest.fixture
def models(host, tmp_path, monkeypatch):
    """Model folders with a checkpoint of sam2, one of sam, one text model, and files that are none of these."""
    import folder_paths
    from maskvideo.adapters.comfy import model_folders

    monkeypatch.setattr(folder_paths, "folder_names_and_paths", dict(folder_paths.folder_names_and_paths))
    for name in ("sam2", "sams", "grounding-dino"):
        folder_paths.folder_names_and_paths[name] = ([str(tmp_path / name)], set())
        monkeypatch.setitem(folder_paths.filename_list_cache, name, ([], {}, 0.0))
        folder_paths.filename_list_cache.pop(name)
    for file in (
        "sam2/hiera_small.pt",
        "sam2/readme.txt",
        "sams/new/vit_b.PTH",
        "grounding-dino/tiny/config.json",
        "grounding-dino/empty/notes.txt",
        "secret.pt",
    ):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    return model_folders


def test_checkpoints_are_offered_with_their_folder_and_none_comes_first(models):
    assert models.list_segmenters() == ["none", "sam2/hiera_small.pt", "sams/new/vit_b.PTH"]
    assert models.list_text_models() == ["none", "tiny"]


def test_a_name_in_the_list_is_a_file(models, tmp_path):
    assert models.segmenter_path("sam2/hiera_small.pt", "sam2") == tmp_path / "sam2" / "hiera_small.pt"
    assert models.segmenter_path("sams/new/vit_b.PTH", "sam") == tmp_path / "sams" / "new" / "vit_b.PTH"
    assert models.text_model_path("tiny") == tmp_path / "grounding-dino" / "tiny"


def test_flow_needs_none_and_looks_at_none(models):
    assert models.segmenter_path("none", "sam2") is None
    assert models.segmenter_path("sam2/hiera_small.pt", "flow") is None


def test_a_checkpoint_of_another_backend_is_refused_with_the_folder_to_look_in(models):
    with pytest.raises(MaskVideoError, match=r"is not for sam: choose a file of models/sams"):
        models.segmenter_path("sam2/hiera_small.pt", "sam")


@pytest.mark.parametrize("name", ["sam2/../secret.pt", "/etc/passwd", "sam2/hiera_smal.pt", "secret.pt", ""])
def test_any_other_name_is_refused(models, name):
    with pytest.raises(MaskVideoError, match=r"there is no sam2 checkpoint .*the closest is"):
        models.segmenter_path(name, "sam2")


@pytest.mark.parametrize("name", ["../sam2", "empty", "", "tiny/.."])
def test_any_other_text_model_is_refused(models, name):
    with pytest.raises(MaskVideoError, match=r"there is no text model .*the closest is"):
        models.text_model_path(name)


def test_text_without_a_model_says_where_one_goes(models, tmp_path):
    with pytest.raises(MaskVideoError, match=r"needs a text_model.*nothing is downloaded") as error:
        models.text_model_path("none")
    assert str(tmp_path / "grounding-dino") in str(error.value)
