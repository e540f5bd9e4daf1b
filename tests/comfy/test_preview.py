"""The preview of a video: a strip of frames, with progress over the whole node."""

import pytest
import torch

from .video_base import diffusers_twin, host_twin


class Previewer:
    """A frame as a picture of its number."""

    def decode_latent_to_preview(self, latent):
        from PIL import Image

        assert latent.shape[0] == 1
        return Image.new("RGB", (8, 6), (int(latent.mean()), 0, 0))


def numbered(frames: int) -> torch.Tensor:
    return torch.arange(frames).float()[:, None, None, None].expand(-1, 4, 6, 8)


def test_a_strip_shows_five_frames_from_the_first_to_the_last(host):
    from maskvideo.adapters.comfy.preview import draw_strip

    _, strip, longest = draw_strip(Previewer(), numbered(16))
    assert strip.size == (40, 6) and longest >= 512
    assert [strip.getpixel((8 * column + 4, 3))[0] for column in range(5)] == [0, 4, 8, 11, 15]


def test_a_short_video_shows_each_frame_once(host):
    from maskvideo.adapters.comfy.preview import strip_indices

    assert [strip_indices(frames) for frames in (1, 2, 5)] == [[0], [0, 1], [0, 1, 2, 3, 4]]


def test_a_preview_of_the_demo_model_has_about_the_colours_of_the_picture(host):
    import latent_preview
    from maskvideo.adapters.comfy.demo_model import load_demo_model

    picture = torch.tensor([45, 80, 200]).div(255).repeat(1, 64, 96, 1)
    picture[:, 16:48, 32:64] = torch.tensor([215, 40, 40]).div(255)
    model, _, vae, _ = load_demo_model()
    latent_format = model.model.latent_format
    factors = (latent_format.latent_rgb_factors, latent_format.latent_rgb_factors_bias)
    previewer = latent_preview.Latent2RGBPreviewer(*factors)
    seen = previewer.decode_latent_to_preview(model.model.process_latent_in(vae.encode(picture)))
    for x, y, colour in ((6, 4, (215, 40, 40)), (1, 1, (45, 80, 200))):
        assert max(abs(a - b) for a, b in zip(seen.getpixel((x, y)), colour, strict=True)) < 80


def test_an_interrupt_ends_the_run_at_the_next_step(host):
    import comfy.model_management as management
    from maskvideo.adapters.comfy.preview import strip_preview

    callback = strip_preview(host_twin(diffusers_twin()), 8)(4)
    callback(0, numbered(3), numbered(3), 4)
    management.interrupt_current_processing()
    with pytest.raises(management.InterruptProcessingException):
        callback(1, numbered(3), numbered(3), 4)
