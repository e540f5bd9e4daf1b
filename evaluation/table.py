"""Scores as a Markdown table, for reports and the documentation."""


def markdown_table(rows, columns=None, digits=3):
    """One line for each row.

    rows: list of dicts. columns: {key: heading} in order; None takes the first row's keys. Numbers are rounded to
    `digits` and stand to the right; None and absent values show as a dash. Returns text that ends in a newline.
    """
    columns = columns or {key: key for key in rows[0]}
    cells = [[_text(row.get(key), digits) for key in columns] for row in rows]
    rules = ["---:" if _is_numeric(rows, key) else "---" for key in columns]
    return "".join(f"| {' | '.join(line)} |\n" for line in [list(columns.values()), rules, *cells])


def _text(value, digits):
    if value is None:
        return "–"
    return f"{value:.{digits}f}" if isinstance(value, float) else str(value).replace("|", "\\|")


def _is_numeric(rows, key):
    return any(_is_number(row.get(key)) for row in rows) and all(
        row.get(key) is None or _is_number(row[key]) for row in rows
    )


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)
