"""Sphinx's settings for the web book. `build.py` copies them beside the pages that it writes."""

project = "Build an LSTM, gate by gate"
author = "the LSTM course authors"
copyright = author
html_title = project
language = "en"

extensions = ["myst_nb", "docs.book.links"]
myst_enable_extensions = ["colon_fence", "dollarmath", "amsmath", "attrs_inline"]
myst_heading_anchors = 3
myst_links_external_new_tab = False
nb_execution_mode = "off"  # build.py has run the notebooks
nb_merge_streams = True
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
nb_ipywidgets_js = {}  # nothing of the book needs a kernel
suppress_warnings = ["mystnb.unknown_mime_type"]

# MathJax lies in the book itself (build.py copies it there): SVG, so that it needs no fonts.
mathjax_path = "mathjax/tex-svg.js"
mathjax3_config = {"options": {"enableMenu": False}}

html_theme = "furo"
html_static_path = ["static"]
html_css_files = ["book.css", "sheet.css"]
html_use_index = False
html_favicon = "static/icon.svg"
html_show_sourcelink = False
html_copy_source = False
html_show_sphinx = False
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
html_theme_options = {"top_of_page_buttons": []}
