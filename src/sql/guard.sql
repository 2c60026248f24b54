/* Built from src/sql/: edit the parts there, not this file. */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION ces" to load this file. \quit

