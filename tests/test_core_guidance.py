import pytest
import torch
from maskvideo.core.guidance import combine_guidance, mask_gate, split_branches


def a_tensor(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_the_branches_come_apart_as_they_were_joined():
    uncond, cond = a_tensor(0, 2, 3), a_tensor(1, 2, 3)
    branches = split_branches(torch.cat([uncond, cond]))
    assert all(torch.equal(*pair) for pair in zip(branches, (uncond, cond), strict=True))


def test_guidance_1_is_the_conditional_branch_and_0_the_unconditional_one_to_the_bit():
    uncond, cond = a_tensor(0, 2, 4, 3, 2, 2), a_tensor(1, 2, 4, 3, 2, 2)
    assert torch.equal(combine_guidance(uncond, cond, 1.0), cond)
    assert torch.equal(combine_guidance(uncond, cond, 0.0), uncond)


@pytest.mark.parametrize("cfg", [0.5, 3.0, 7.5])
def test_guidance_follows_the_papers_equation(cfg):
    uncond, cond = a_tensor(0, 50).double(), a_tensor(1, 50).double()
    w = cfg - 1
    torch.testing.assert_close(combine_guidance(uncond, cond, cfg), (1 + w) * cond - w * uncond)


def test_equal_branches_are_unmoved_by_any_guidance():
    cond = a_tensor(0, 50)
    assert torch.equal(combine_guidance(cond, cond, 12.0), cond)


def test_the_mask_acts_on_both_branches_without_mask_guidance():
    assert mask_gate(2, 0.5, mask_guidance=False, like=torch.zeros(1)).tolist() == [0.5, 0.5, 0.5, 0.5]


def test_mask_guidance_drops_the_mask_from_the_unconditional_branch():
    assert mask_gate(2, 0.5, mask_guidance=True, like=torch.zeros(1)).tolist() == [0, 0, 0.5, 0.5]


@pytest.mark.parametrize("mask_guidance", [True, False])
def test_strength_0_switches_the_mask_off(mask_guidance):
    gate = mask_gate(3, 0.0, mask_guidance, like=torch.zeros(1, dtype=torch.float16))
    assert gate.dtype == torch.float16
    assert gate.tolist() == [0.0] * 6
