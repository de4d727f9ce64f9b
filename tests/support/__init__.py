"""What the tests of all parts share: servers that stand in for the outside world, over real HTTP."""
