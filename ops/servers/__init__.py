"""The servers and processes of one stack: installed, started, supervised and stopped on any machine.

`workspace` says where, `processes` says what, `switch` says how (given addresses, Docker Compose or native),
and `stack` is what the command line, the tests and the chaos tool hold in their hands.
"""
