"""The language of typed formulas: tokens, exact values with budgets, the whitelist reader, the printer."""
