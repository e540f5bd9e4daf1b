"""``maskvideo convert lamp``: from LAMP's folder to a motion file that generates."""

import pytest
import torch
from maskvideo.files.motion_file import load_motion
from safetensors.torch import save_file

from .command_base import SMALL, command_line, refused, report_in
from .generation_base import tiny_demo
from .lamp_base import lamp_checkpoint

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # diffusers' own, with NumPy 2


@pytest.fixture(scope="module")
def model():
    return tiny_demo()[0]


@pytest.fixture
def maskvideo(tmp_path, monkeypatch, capsys):
    return command_line(tmp_path, monkeypatch, capsys)


@pytest.fixture
def horse(tmp_path, model):
    """LAMP's output folder, tuned from the bundled demo model."""
    folder = tmp_path / "horse_run" / "unet"
    folder.mkdir(parents=True)
    torch.save(lamp_checkpoint(model.unet), folder / "diffusion_pytorch_model.bin")
    return folder


def test_the_motion_file_says_where_it_comes_from_and_loads_for_its_base(maskvideo, horse, model, tmp_path):
    command = ["convert", "lamp", "--checkpoint=horse_run", "--base=demo", "--out=horse.safetensors"]
    status, said, _ = maskvideo(*command, "--motion-prompt=a horse runs")
    assert status == 0 and "--motion horse.safetensors" in said
    motion = load_motion(tmp_path / "horse.safetensors", model.architecture)
    assert motion.module.config.temporal_layers == "lamp"
    metadata = motion.metadata
    assert (metadata.motion_prompt, metadata.frames, metadata.resolution) == ("a horse runs", 16, (512, 320))
    assert (metadata.noise_prior, metadata.alpha) == ("random", 0.2)
    assert metadata.training == {"converted_from": "LAMP", "checkpoint": "horse_run"}


def test_generate_takes_the_motion_file(maskvideo, horse, tmp_path):
    maskvideo("convert", "lamp", "--checkpoint=horse_run/unet", "--base=demo", "--out=horse.safetensors")
    made = ["--masks=masks", "--prompt=a red star", "--out=v.mp4", "--report=r.json", "--motion=horse.safetensors"]
    status, said, error = maskvideo("generate", *made, "--noise-prior=trained", *SMALL)
    assert status == 0, error
    assert "without a mask branch: the masks shape the first frame alone" in said
    report = report_in("r.json")
    assert (report["noise_prior"], report["motion_training"]["training"]["converted_from"]) == ("random", "LAMP")


def test_a_safetensors_file_gives_the_same_motion(maskvideo, horse, model, tmp_path):
    state = {key: weight.contiguous() for key, weight in lamp_checkpoint(model.unet).items()}
    save_file(state, tmp_path / "lamp.safetensors")
    for checkpoint, out in (("horse_run", "a"), ("lamp.safetensors", "b")):
        maskvideo("convert", "lamp", f"--checkpoint={checkpoint}", "--base=demo", f"--out={out}.safetensors")
    first, second = (load_motion(tmp_path / f"{name}.safetensors", model.architecture).module for name in "ab")
    assert all(torch.equal(weight, second.state_dict()[key]) for key, weight in first.state_dict().items())


class Code:
    def __reduce__(self):
        return print, ("this ran",)


def test_a_pickle_that_holds_code_is_refused_unrun(maskvideo, tmp_path, capsys):
    torch.save({"conv_in.conv1d.weight": Code()}, tmp_path / "evil.bin")
    message = refused(
        maskvideo, tmp_path, "convert", "lamp", "--checkpoint=evil.bin", "--base=demo", "--out=o.safetensors"
    )
    assert "could run code" in message and "this ran" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out=o.safetensors"], "give --base, SD1.4"),
        (["--base=demo", "--out=o.pt"], "o.safetensors"),
        (["--base=demo", "--out=there.safetensors"], "--overwrite"),
        (["--base=sd.safetensors", "--out=o.safetensors"], "sd.safetensors does not exist"),
        (["--base=demo", "--out=o.safetensors", "--checkpoint=empty"], "has no diffusion_pytorch_model.bin"),
        (["--base=demo", "--out=o.safetensors", "--checkpoint=lost.bin"], "no model file lost.bin"),
    ],
)
def test_what_cannot_be_converted_is_said_and_nothing_is_written(maskvideo, horse, tmp_path, arguments, message):
    (tmp_path / "there.safetensors").touch()
    (tmp_path / "empty").mkdir()
    assert message in refused(maskvideo, tmp_path, "convert", "lamp", "--checkpoint=horse_run", *arguments)
    assert not (tmp_path / "o.safetensors").exists()
