"""The main script, the frame around every page. Streamlit runs it from top to bottom at every interaction."""

from pathlib import Path

import streamlit as st

from ui import nav, state
from ui.i18n import LANGUAGES, browser_language

STATIC = Path(__file__).resolve().parent / "static"

st.set_page_config("DDPM Lab", STATIC / "icon.png", layout="wide", initial_sidebar_state=240)
st.html(STATIC / "shell.css")
st.logo(STATIC / "logo.svg", icon_image=STATIC / "icon.png", size="large")

# ?lang= wins; the browser's language is what a first visit without it gets. Drawn before the first word is looked up.
if "lang" not in st.session_state:
    st.session_state["lang"] = browser_language()
elif "lang" not in st.query_params:
    # A click on a page's link can overtake the browser, which then drops it from the address: hand it over again.
    st.session_state["lang"] = st.session_state["lang"]
st.sidebar.segmented_control("Language · 语言", list(LANGUAGES), key="lang", required=True, bind="query-params")

page = st.navigation(nav.sections(), expanded=True)
state.turn_to(page.url_path)
page.run()
