# RPostgreSQL; see run
library(DBI)

conn <- dbConnect(RPostgreSQL::PostgreSQL())

# shown in doc/clients.md
metric <- dbGetQuery(conn, "SELECT nps(recommend), nps_ci(ces_tally(recommend, 'nps'))::text AS ci
                            FROM responses")
chat <- dbGetQuery(conn, "SELECT ces_topbox(effort_score, $1) AS topbox FROM responses
                          WHERE channel = $2", list("1..7 top 6", "chat"))
score <- dbGetQuery(conn, "SELECT ces_box($1, $2) AS box", list(6, "1..7"))
effort <- dbGetQuery(conn, "SELECT ces_tally(effort_score, '1..7')::text AS tally FROM responses")
dbExecute(conn, "INSERT INTO tallies VALUES ('RPostgreSQL', $1)", list(effort$tally))
# until here

dbWriteTable(conn, "tallies", data.frame(made_by = "RPostgreSQL table", tally = effort$tally),
             append = TRUE, row.names = FALSE)

show <- function(...) cat(paste(..., sep = "\t"), "\n", sep = "")
exactly <- function(number) sprintf("%.17g", number)
warning_of <- function(query) tryCatch(dbGetQuery(conn, query), warning = conditionMessage)
result_of <- function(query, ...) format(suppressWarnings(dbGetQuery(conn, query, ...)))

show("version", packageVersion("RPostgreSQL"))
show("types", class(metric$nps), class(metric$ci), class(effort$tally))
show("nps", exactly(metric$nps))
show("interval", metric$ci)
show("topbox", exactly(chat$topbox))
show("box", score$box)
show("tally", effort$tally)
show("face", dbGetQuery(conn, "SELECT ces_score($1, $2) AS face", list("🙂", "faces3"))$face)
show("score", dbGetQuery(conn, "SELECT nps($1::int)", list(9))$nps)
show("mean", exactly(dbGetQuery(conn, "SELECT ces_mean($1::ces_tally) AS mean",
                                list(effort$tally))$mean))
show("wrote", "RPostgreSQL")
show("wrote", "RPostgreSQL table")
show("says", result_of("SELECT ces_mean(99)"))
show("says", warning_of("SELECT ces_mean(99)"))
show("says", sub(" \\(id:.*", "", warning_of("SELECT ces_tally(1, '1..7')")))
show("says", result_of("SELECT ces_box($1, '1..7')", list(NA)))
options(warn = 2)
stopped <- tryCatch(dbGetQuery(conn, "SELECT ces_mean(99)"), error = conditionMessage)
show("says", sub("\\).*", ")", stopped))
invisible(dbDisconnect(conn))
