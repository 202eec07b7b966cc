"""What happens inside a graph, as entries of a timeline."""

from callboard.testing import entries
from runtime import events


def entry_of(event: events.Event) -> entries.Entry | None:
    """The entry for an event of the runtime; None for what a timeline leaves out."""
    match event:
        case events.ActorCrashed(at=at, path=path, life=life, report=report):
            return entries.Crashed(at, path, life, report.error)
        case events.ActorRestarted(at=at, path=path, life=life):
            return entries.Restarted(at, path, life)
        case events.GroupDegraded(at=at, path=path):
            return entries.Degraded(at, path)
        case events.GroupRecovered(at=at, path=path):
            return entries.Recovered(at, path)
        case events.TurnInterrupted(at=at, turn=turn):
            return entries.Interrupted(at, turn)
        case _:
            return None
