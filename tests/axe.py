"""What axe-core finds in what the course shows: WCAG 2.2 A and AA, serious and critical findings.

axe-core comes inside the package axe-playwright-python, so no test asks the network for it.
"""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# Our content in JupyterLab: prose, and what cells show. What is left out is not ours: editors,
# prompts, toolbars, the colours of code, and the anchor that JupyterLab hangs on every heading.
OURS = [".jp-MarkdownOutput", ".jp-OutputArea-output"]
NOT_OURS = [".jp-InternalAnchorLink", ".anchor-link", ".highlight"]
# Links are coloured, not underlined, by nbconvert's style alone; JupyterLab underlines them.
RULES_NOT_OURS = {"link-in-text-block": {"enabled": False}}
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def findings(page: Page) -> list[str]:
    """A line for each serious or critical finding: rule, how many, the first one's HTML."""
    page.evaluate(AXE_SCRIPT)
    result = page.evaluate(
        """async ([include, exclude, values, rules]) => {
            const there = include.filter(part => document.querySelector(part));
            const result = await axe.run(
                {include: there.map(part => [part]), exclude: exclude.map(part => [part])},
                {runOnly: {type: "tag", values}, rules, resultTypes: ["violations"]});
            return result.violations.map(v => [v.id, v.impact, v.nodes.map(
                node => [node.html, node.failureSummary])]);
        }""",
        [OURS, NOT_OURS, LEVELS, RULES_NOT_OURS],
    )
    return [
        f"{rule} ({impact}), {len(nodes)}: {' '.join(' — '.join(nodes[0]).split())[:400]}"
        for rule, impact, nodes in result
        if impact in ("serious", "critical")
    ]
