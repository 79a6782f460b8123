"""The component's face: one export, `run`, called once in an instance's life."""

import wit_world

from _runner import preload, session


class WitWorld(wit_world.WitWorld):
    def run(self, program):
        value, json, failure, files = session.run(program, wit_world.emit, wit_world.sleep)
        return wit_world.Outcome(
            value,
            json,
            failure and wit_world.Failure(*failure),
            [wit_world.File(name, content) for name, content in files],
        )


preload.freeze()
