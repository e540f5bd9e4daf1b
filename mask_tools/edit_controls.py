"""The edits that most clips need as plain values, one for each control of a form; an edit's JSON has the rest."""

from __future__ import annotations

from dataclasses import dataclass

from .camera import Camera, CameraKey
from .edit import Edit, Step, edit_from_json
from .morphology import FillHoles, Grow, Shrink
from .retime import Retime, Reverse
from .slope import Slope
from .smooth import Smooth
from .transform import Mirror, Move, MoveKey

NO_MIRROR = "none"


@dataclass(frozen=True)
class EditControls:
    """Every control at its default changes nothing. They act in the order in which they stand here.

    objects: names with commas between them, "" = all. dx, dy, scale, rotation: as `MoveKey`. about: as `Move`.
    gradual: from nothing in the first frame to these values in the last; else the same in all frames. x, y, zoom, roll:
    the camera, as `CameraKey`, gradual too. degrees: as `Slope`. mirror: "horizontal", "vertical" or "none". frames: 0
    keeps the count. grow_px: below 0 shrinks. smooth_frames: 1 leaves time alone. feather_px: of the mask that comes
    out. more: further steps, JSON as in `edit`, after all others.
    """

    objects: str = ""
    dx: float = 0.0
    dy: float = 0.0
    scale: float = 1.0
    rotation: float = 0.0
    about: str = "object"
    gradual: bool = True
    x: float = 0.5
    y: float = 0.5
    zoom: float = 1.0
    roll: float = 0.0
    degrees: float = 0.0
    mirror: str = NO_MIRROR
    frames: int = 0
    reverse: bool = False
    grow_px: float = 0.0
    fill_holes: bool = False
    smooth_frames: int = 1
    feather_px: float = 0.0
    more: str = ""

    def edit(self) -> Edit:
        """The edit that the controls describe. Raises MaskVideoError for a value that does not work."""
        steps = [*self._places(), *self._times(), *self._outlines()]
        more = edit_from_json(self.more) if self.more.strip() else Edit()
        return Edit((*steps, *more.steps), self.feather_px or more.feather_px)

    def _places(self) -> list[Step]:
        steps: list[Step] = []
        moved = MoveKey(1.0, self.dx, self.dy, self.scale, self.rotation)
        if moved != MoveKey(1.0):
            steps.append(Move(self._from(MoveKey(), moved), self.about, objects=self._objects))
        seen = CameraKey(1.0, self.x, self.y, self.zoom, self.roll)
        if seen != CameraKey(1.0):
            steps.append(Camera(self._from(CameraKey(), seen)))
        if self.degrees:
            steps.append(Slope(self.degrees, objects=self._objects))
        if self.mirror != NO_MIRROR:
            steps.append(Mirror(self.mirror, objects=self._objects))
        return steps

    def _times(self) -> list[Step]:
        return [*([Retime(frames=self.frames)] if self.frames else []), *([Reverse()] if self.reverse else [])]

    def _outlines(self) -> list[Step]:
        steps: list[Step] = []
        if self.grow_px:
            kind = Grow if self.grow_px > 0 else Shrink
            steps.append(kind(abs(self.grow_px), objects=self._objects))
        if self.fill_holes:
            steps.append(FillHoles(objects=self._objects))
        if self.smooth_frames != 1:
            steps.append(Smooth(self.smooth_frames, objects=self._objects))
        return steps

    @property
    def _objects(self) -> tuple[str, ...]:
        return tuple(name.strip() for name in self.objects.split(",") if name.strip())

    def _from(self, unchanged, changed) -> tuple:
        return (unchanged, changed) if self.gradual else (changed,)
