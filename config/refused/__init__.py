"""How words are read for what no campaign may ask for; `config/refusals.py` is the way in."""
