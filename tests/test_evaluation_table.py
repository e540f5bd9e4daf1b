from maskvideo.evaluation.table import markdown_table

ROWS = [{"name": "full", "miou": 0.87654, "seeds": 5}, {"name": "a|b", "miou": None, "seeds": 5}]


def test_numbers_are_rounded_and_stand_to_the_right():
    assert markdown_table(ROWS).splitlines() == [
        "| name | miou | seeds |",
        "| --- | ---: | ---: |",
        "| full | 0.877 | 5 |",
        "| a\\|b | – | 5 |",
    ]


def test_columns_are_chosen_ordered_and_renamed():
    table = markdown_table(ROWS, {"miou": "mask mIoU", "name": "setting"}, digits=2)
    assert table.splitlines()[0] == "| mask mIoU | setting |"
    assert table.splitlines()[2] == "| 0.88 | full |"
