"""The training room: labels, splits, fits, the backtest, the gate and what is told to MLflow.

It imports `models` and `features`; it and `service` never meet.
"""
