"""Ctrl-C waits for the end of a block."""

import signal
import threading

import pytest
from maskvideo.training.interrupt import uninterrupted


@pytest.fixture(autouse=True)
def python_handles_ctrl_c():
    """A shell's background jobs start with SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_arrives_after_the_block_is_whole():
    reached = []
    with pytest.raises(KeyboardInterrupt), uninterrupted():
        signal.raise_signal(signal.SIGINT)
        reached.append("the end")
    assert reached == ["the end"]


def test_the_handler_of_before_is_back():
    before = signal.getsignal(signal.SIGINT)
    with uninterrupted():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_an_interrupt_in_a_nested_block_waits_for_the_outer_one():
    reached = []
    with pytest.raises(KeyboardInterrupt), uninterrupted():
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
        reached.append("the outer end")
    assert reached == ["the outer end"]


def test_an_error_in_the_block_is_not_hidden():
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(OSError, match="disk full"), uninterrupted():
        raise OSError("disk full")
    assert signal.getsignal(signal.SIGINT) is before


def test_a_thread_other_than_the_main_one_runs_the_block_as_it_is():
    reached = []

    def work():
        with uninterrupted():
            reached.append("the end")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert reached == ["the end"]
