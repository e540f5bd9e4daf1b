"""The host's HTTP API as the tests use it: queue a graph, wait for its end, read its outputs and errors."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

POLL_SECONDS = 0.2
Graph = dict[str, dict]
"""The API's form of a workflow: ``{node id: {"class_type": name, "inputs": {name: value or [node id, output]}}}``."""


class PromptRefusedError(Exception):
    """The host did not queue the graph; the text holds every message that a user would see, by node."""


class PromptFailedError(Exception):
    """A node raised; the text is the message that a user sees."""


class PromptInterruptedError(Exception):
    """The run was interrupted."""


@dataclass(frozen=True)
class ApiClient:
    """``address`` is such as ``http://127.0.0.1:8188``."""

    address: str

    def is_up(self) -> bool:
        """Whether the host answers."""
        try:
            return bool(self.get("system_stats"))
        except (URLError, ConnectionError, TimeoutError):
            return False

    def get(self, path: str) -> dict:
        """The JSON that the host answers to a GET."""
        return json.loads(self.read(path))

    def read(self, path: str) -> bytes:
        """The bytes that the host answers to a GET."""
        with urlopen(f"{self.address}/{path}", timeout=60) as answer:
            return answer.read()

    def post(self, path: str, value: dict) -> bytes:
        """Sends JSON and gives the answer."""
        request = Request(f"{self.address}/{path}", json.dumps(value).encode(), {"Content-Type": "application/json"})
        with urlopen(request, timeout=60) as answer:
            return answer.read()

    def object_info(self) -> dict[str, dict]:
        """Every node's schema by its id."""
        return self.get("object_info")

    def queue(self, graph: Graph) -> str:
        """Queue a graph; gives the run's id. Raises ``PromptRefusedError`` where the host's validation says no."""
        try:
            return json.loads(self.post("prompt", {"prompt": graph, "client_id": "maskvideo-tests"}))["prompt_id"]
        except HTTPError as error:
            raise PromptRefusedError(_refusal(json.loads(error.read()))) from error

    def wait(self, prompt_id: str, seconds: float = 300) -> dict[str, dict]:
        """Wait for the end of a run; gives the outputs that nodes showed: ``{node id: {kind: [...]}}``.

        Raises ``PromptFailedError``, ``PromptInterruptedError`` or ``TimeoutError``.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            entry = self.get(f"history/{prompt_id}").get(prompt_id)
            if entry:
                return _outputs(entry)
            time.sleep(POLL_SECONDS)
        raise TimeoutError(f"the run {prompt_id} has not ended after {seconds} s")

    def run(self, graph: Graph, seconds: float = 300) -> dict[str, dict]:
        """``queue`` and ``wait``."""
        return self.wait(self.queue(graph), seconds)

    def is_running(self, prompt_id: str) -> bool:
        """Whether the run has begun and not ended."""
        return prompt_id in (item[1] for item in self.get("queue")["queue_running"])

    def interrupt(self) -> None:
        """Stop the run in progress, as the cancel button does."""
        self.post("interrupt", {})

    def download(self, file: dict[str, str], folder: Path) -> Path:
        """Fetch a file that a node showed (``{"filename", "subfolder", "type"}``) into ``folder``."""
        path = folder / Path(file["filename"]).name
        path.write_bytes(self.read(f"view?{urlencode(file)}"))
        return path


def _refusal(answer: dict) -> str:
    lines = [f"{answer['error']['message']} {answer['error']['details']}".strip()]
    for node, report in answer.get("node_errors", {}).items():
        messages = "; ".join(f"{error['message']}: {error['details']}" for error in report["errors"])
        lines.append(f"{report['class_type']} ({node}): {messages}")
    return "\n".join(lines)


def _outputs(entry: dict) -> dict[str, dict]:
    messages = dict(entry["status"]["messages"])
    if "execution_error" in messages:
        raise PromptFailedError(messages["execution_error"]["exception_message"].strip())
    if "execution_interrupted" in messages:
        raise PromptInterruptedError(messages["execution_interrupted"]["node_type"])
    return entry["outputs"]
