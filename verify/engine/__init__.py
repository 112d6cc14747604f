"""Draws blocks of networks, here or on any executor, until every trial has its verdict."""
