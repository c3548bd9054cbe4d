"""What the pages share: Streamlit-only helpers. Nothing is computed here."""
