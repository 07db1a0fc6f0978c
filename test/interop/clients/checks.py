"""Runs named checks and prints one JSON line for each: what the tests in TypeScript read."""

import json
import sys
import traceback

import numpy as np


def equal(found, wanted, what="values"):
    """Arrays of the same type, shape and values; NaN equals NaN."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    assert found.dtype.kind == wanted.dtype.kind, f"{what}: {found.dtype} instead of {wanted.dtype}"
    assert found.shape == wanted.shape, f"{what}: shape {found.shape} instead of {wanted.shape}"
    same = found == wanted
    if found.dtype.kind == "f":
        same |= np.isnan(found) & np.isnan(wanted)
    assert np.all(same), f"{what}: {found.tolist()} instead of {wanted.tolist()}"


def refused(call, *parts, kind=Exception):
    """The error that a call ends with, which says all of the parts."""
    try:
        call()
    except kind as error:
        text = f"{error} {getattr(error, 'status', lambda: '')()}"
        for part in parts:
            assert part in text, f"the error says '{text}', not '{part}'"
        return error
    raise AssertionError("the call was answered")


def run(checks):
    """Runs functions by name; exits 1 where one fails."""
    failed = False
    for check in checks:
        try:
            check()
            outcome = {"check": check.__name__, "ok": True}
        except BaseException as error:  # noqa: BLE001
            failed = True
            outcome = {
                "check": check.__name__,
                "ok": False,
                "error": str(error),
                "trace": traceback.format_exc(),
            }
        print(json.dumps(outcome), flush=True)
    sys.exit(1 if failed else 0)
