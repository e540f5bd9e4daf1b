"""No step of a training is lost in a real host: Cancel, a killed process, an error, memory that runs out."""

import time

import pytest
import torch
from maskvideo.training.checkpoint import read_progress, state_path
from safetensors.torch import load_file

from .api_client import PromptFailedError, PromptInterruptedError
from .demo_graph import add, demo_graph
from .hosts import main_host, reason_to_skip
from .server import start_server
from .training_graph import TRAINER, motion_file, training_graph, with_sample

STEPS = 40
SETTINGS = "save_every = 1\n[motion]\nmask_width = 8"


def steps_done(server, name: str) -> int:
    path = state_path(motion_file(server, name))
    return read_progress(path)[0] if path.exists() else 0


def wait_for_step(server, name: str, step: int = 2, seconds: float = 240) -> None:
    """Until so many steps are saved."""
    deadline = time.monotonic() + seconds
    while steps_done(server, name) < step:
        assert time.monotonic() < deadline, server.log[-2000:]
        time.sleep(0.05)


def same_weights(server, *names: str) -> bool:
    one, other = (load_file(motion_file(server, name)) for name in names)
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


def trained_whole(server) -> str:
    """The name of a run of ``STEPS`` that nothing has stopped."""
    graph, _ = training_graph(server, "whole", STEPS, settings=SETTINGS)
    server.api.run(graph)
    return "whole"


def test_cancel_saves_the_next_prompt_runs_and_the_same_prompt_ends_bit_for_bit(server):
    graph, _ = training_graph(server, "cancelled", STEPS, settings=SETTINGS)
    run = server.api.queue(graph)
    wait_for_step(server, "cancelled")
    server.api.interrupt()
    with pytest.raises(PromptInterruptedError, match=TRAINER):
        server.api.wait(run)
    assert 2 <= steps_done(server, "cancelled") < STEPS
    assert server.api.run(demo_graph())["show"]["images"]
    server.api.run(graph)
    assert steps_done(server, "cancelled") == STEPS
    assert same_weights(server, "cancelled", trained_whole(server))


@pytest.mark.parametrize(
    ("error", "text"), [("memory", "out of memory; 2 steps are saved: resume"), ("other", "the disk burns")]
)
def test_after_an_error_amid_the_loop_the_steps_are_there_and_the_next_prompt_runs(server, error, text):
    graph, trainer = training_graph(server, error, 4, settings=SETTINGS)
    with_sample(graph, sample_every=2)
    whole = graph[trainer]["inputs"]["vae"]
    graph[trainer]["inputs"]["vae"] = add(graph, "FailingVAE", vae=whole, error=error)
    with pytest.raises(PromptFailedError, match=text):
        server.api.run(graph)
    assert steps_done(server, error) == 2
    assert server.api.run(demo_graph())["show"]["images"]
    graph[trainer]["inputs"]["vae"] = whole
    server.api.run(graph)
    assert steps_done(server, error) == 4


def test_a_killed_host_goes_on_from_its_last_save_when_it_is_started_anew(tmp_path):
    if reason := reason_to_skip(main_host()):
        pytest.skip(reason)
    with start_server(main_host(), tmp_path) as server:
        graph, _ = training_graph(server, "killed", STEPS, settings=SETTINGS)
        server.api.queue(graph)
        wait_for_step(server, "killed")
        server.process.kill()
        server.process.wait()
    saved = steps_done(server, "killed")
    assert 2 <= saved < STEPS
    with start_server(main_host(), tmp_path) as server:
        server.api.run(graph)
        assert steps_done(server, "killed") == STEPS
        assert same_weights(server, "killed", trained_whole(server))
