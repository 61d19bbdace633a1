"""Writers behind an interface over HTTP: `openai:MODEL`, `anthropic:MODEL` and whatever speaks like one of them."""
