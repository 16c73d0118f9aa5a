"""Every request and answer of the HTTP interface: the structs that travel and that OpenAPI is made from."""

from modeldb.server.http.schemas.common import *
from modeldb.server.http.schemas.datasets import *
from modeldb.server.http.schemas.graphs import *
from modeldb.server.http.schemas.models import *
from modeldb.server.http.schemas.projects import *
from modeldb.server.http.schemas.queries import *
from modeldb.server.http.schemas.runs import *
from modeldb.server.http.schemas.tables import *
