"""Errors of a test that uses the lab; each is one sentence for its author."""


class LabError(Exception):
    """The test asks for something that the lab cannot do."""


class NotScriptedError(LabError):
    """The agent was asked something that the script has no answer to."""


class AgentFailedError(LabError):
    """The agent's graph ended by itself, with an error."""


class LabWarning(UserWarning):
    """The test did something that cannot work in virtual time."""
