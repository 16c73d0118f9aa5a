"""Every request and answer of the HTTP interface: the structs that travel and that OpenAPI is made from."""

from modeldb.server.http.schemas.common import *  # noqa: F403
from modeldb.server.http.schemas.datasets import *  # noqa: F403
from modeldb.server.http.schemas.graphs import *  # noqa: F403
from modeldb.server.http.schemas.models import *  # noqa: F403
from modeldb.server.http.schemas.projects import *  # noqa: F403
from modeldb.server.http.schemas.queries import *  # noqa: F403
from modeldb.server.http.schemas.runs import *  # noqa: F403
from modeldb.server.http.schemas.tables import *  # noqa: F403
