"""Nothing imports in a circle: imports for type checkers and inside functions count too."""

from graphlib import TopologicalSorter

import grimp


def test_there_is_no_circle_of_imports() -> None:
    graph = grimp.build_graph("media", "runtime", "actors", "callboard", cache_dir=None)
    imported = {
        module: {
            other
            for other in graph.find_modules_directly_imported_by(module)
            if not other.startswith(f"{module}.")  # a package's __init__ shows its own parts
        }
        for module in graph.modules
    }
    TopologicalSorter(imported).prepare()  # raises CycleError, which names the circle
