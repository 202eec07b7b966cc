"""The parts of a `CallClient`.

`ClientActor` is one client on the Trio thread, `JoinedCall` one call of it from joining to its end,
`Operations` the things that it was asked to do, in order.
"""
