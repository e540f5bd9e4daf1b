"""What sampling adds to the settings of guidance."""

import pytest
from maskvideo.adapters.diffusers.sample_settings import SampleSettings
from maskvideo.core.errors import MaskVideoError


@pytest.mark.parametrize(
    ("values", "message"), [({"cfg": -1}, "give 0 or more"), ({"adain": "always"}, "use one of off")]
)
def test_values_out_of_range_are_refused(values, message):
    with pytest.raises(MaskVideoError, match=message):
        SampleSettings(**values)
