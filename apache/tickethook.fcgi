#!/bin/sh
# Starts the program from the account's home, which comes from the password
# database, since suEXEC leaves no HOME.  Arguments are the query string of
# somebody's request: they are not passed on.
eval "home=~$(id -un)"
exec "$home/tickethook/tickethook"
