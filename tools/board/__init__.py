"""The review board: a page that hosts with MCP Apps show in the chat, over the tools that everybody has."""
