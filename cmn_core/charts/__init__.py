"""Pictures: pure functions, plain data in, alt.Chart out. No Streamlit, no simulation."""
