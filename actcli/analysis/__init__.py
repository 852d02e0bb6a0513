"""Analysis of curves and results: landmarks, formulas in print, accuracy, tables, inverses."""
