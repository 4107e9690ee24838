#!/bin/sh
# pen in front of the gates of three nodes, 10.0.0.1 to 10.0.0.3: round robin without memory of the client (-r), a node
# that refuses is left out for a second (-b 1), and the client is served by the next. Without -P (poll in the place of
# epoll) pen 0.34 drops the client of each connection that is refused (tried: half of them fail with one node of two
# closed).
exec pen -P -f -r -b 1 -t 1 3306 10.0.0.1:3308 10.0.0.2:3308 10.0.0.3:3308
