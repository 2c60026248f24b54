# Writes distributions.csv: quantiles and tail areas as R computes them, which
# test/unit/distributions.c compares with ours.
#   Rscript test/reference/distributions.R > test/reference/distributions.csv
options(digits = 17, scipen = -100)

number <- function(x) sprintf("%.17g", x)
row <- function(name, argument, df, value)
	cat(paste(name, number(argument), number(df), number(value), sep = ","), sep = "\n")

# No confidence below 0.001: so close to zero R's tail area has lost its digits.
confidences <- c(0.001, 0.1, 0.4, 0.499, 0.5, 0.6, 0.75, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999, 0.99999, 0.999999)
degrees <- c(1, 1.5, 2, 2.7, 3, 4, 5, 7.25, 10, 15, 20, 29, 30, 50, 99.5, 100, 199, 200, 201, 500,
	1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9)
statistics <- c(1e-9, 1e-3, 0.1, 0.5, 1, 1.5, 1.7, 1.7320508, 1.7320509, 1.8, 1.96, 2.5, 3, 4, 6, 8, 12, 20, 37)

row("normal_critical", confidences, 0, qnorm((1 - confidences) / 2, lower.tail = FALSE))
row("normal_two_tails", statistics, 0, 2 * pnorm(statistics, lower.tail = FALSE))
for (df in degrees)
	row("student_two_tails", statistics, df, 2 * pt(statistics, df, lower.tail = FALSE))
