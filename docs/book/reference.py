"""The cheat sheet and the glossary, from `utils.notation`."""

from __future__ import annotations

from utils.notation import BACKWARD, FORWARD, TERMS, TRAINING, Equation, markdown_table


def cheat_sheet() -> str:
    """A page in MyST Markdown that prints on one sheet of A4 (static/sheet.css)."""
    return f"""# Cheat sheet

One page to print. Rows are examples, a linear map is written `x @ U`, $\\odot$ multiplies entry by
entry, $da$ is the gradient of the loss L for $a$, a sum over t is over all steps.

:::{{container}} sheet equations
{_equations("Forwards, one step", FORWARD)}

{_equations("Backwards, one step", BACKWARD)}

{_equations("Training", TRAINING)}
:::

:::{{container}} sheet
**Names and shapes, here and elsewhere**

{markdown_table()}
:::
"""


def _equations(title: str, equations: tuple[Equation, ...]) -> str:
    rows = [
        f"| {each.name} | ${each.tex}$ | `{each.result} = {each.code}` | {each.shape} |"
        for each in equations
    ]
    return "\n".join(
        [f"**{title}**", "", "| what | equation | NumPy | shape |", "|---|---|---|---|", *rows]
    )


def glossary(pages: dict[str, str]) -> str:
    """A page in MyST Markdown. pages: the number of a unit → its page."""
    entries = []
    for term in TERMS:
        names = "\n".join((term.name, *term.also))
        entries.append(f"{names}\n  {term.says} {{doc}}`Unit {term.unit} </{pages[term.unit]}>`\n")
    listed = "\n".join(entries)
    return f"# Glossary\n\n:::{{glossary}}\n{listed}:::\n"
