"""A task that needs three attempts."""

from tasksmith import current_run, task


@task
def flaky(failures: int = 2) -> str:
    """Fails on its first attempts, then succeeds.

    Args:
        failures: how many attempts fail
    """
    # The attempt comes with the job: another worker may run the next one, so nothing may be remembered here.
    attempt = current_run().attempt
    if attempt <= failures:
        raise ConnectionError(f"attempt {attempt} of {failures + 1}: the other side is not ready")
    return f"succeeded on attempt {attempt}"
