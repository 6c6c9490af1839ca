# SPDX-License-Identifier: MIT
"""What tests leave behind stays in build/."""
import os
import pathlib

os.environ.setdefault(
    "HYPOTHESIS_STORAGE_DIRECTORY", str(pathlib.Path(__file__).resolve().parents[1] / "build" / "hypothesis")
)
