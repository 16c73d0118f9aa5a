"""The HTTP/JSON door: one routes file per noun, a few lines per handler."""
