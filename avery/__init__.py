"""The kernel: what Avery knows and whom she talks to. No web framework rules, no graph."""
