"""ccstate: Terraform for a Constant Contact account.

This package is deliberately empty but for the version: `ccstate --help` imports it, and nothing that costs
time may be imported on that way (a test looks at `sys.modules`).
"""

__version__ = "0.1.0"
