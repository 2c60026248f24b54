# What R lacks for the tests of regressions, for regression.R and drivers.R: variance inflation
# factors by their definition, relative weights as Johnson wrote them, from the singular values of
# the rows, and LMG as the mean over all orders, or subset by subset if there are too many
# of these.
#
# Rows stand for as many each as counts says.
centred <- function(x, counts) sweep(x, 2, colSums(x * counts) / sum(counts))
fraction_left <- function(y, x, counts) {
	root <- sqrt(counts)
	left <- lm.fit(cbind(1, x) * root, y * root, tol = 0)$residuals
	sum(left^2) / sum(counts * (y - sum(y * counts) / sum(counts))^2)
}

vif <- function(x, counts) sapply(seq_len(ncol(x)), function(j) 1 / fraction_left(x[, j], x[, -j], counts))

johnson <- function(y, x, counts) {
	unit <- function(v) v / sqrt(sum(v^2))
	x <- apply(centred(x, counts) * sqrt(counts), 2, unit)
	y <- unit(centred(cbind(y), counts) * sqrt(counts))
	s <- svd(x)
	orthogonal <- s$u %*% t(s$v)
	as.vector(crossprod(crossprod(orthogonal, x)^2, crossprod(orthogonal, y)^2))
}

permutations <- function(v) {
	if (length(v) < 2) return(list(v))
	unlist(lapply(seq_along(v), function(i) lapply(permutations(v[-i]), function(rest) c(v[i], rest))), recursive = FALSE)
}

lmg <- function(y, x, counts) {
	p <- ncol(x)
	explained <- function(subset) if (length(subset)) 1 - fraction_left(y, x[, subset, drop = FALSE], counts) else 0
	known <- new.env()
	r2 <- function(subset) {
		key <- paste0("k", paste(sort(subset), collapse = " "))
		if (is.null(known[[key]])) known[[key]] <- explained(subset)
		known[[key]]
	}
	if (p <= 6) {
		gains <- lapply(permutations(seq_len(p)), function(order)
			sapply(seq_len(p), function(j) {
				at <- match(j, order)
				r2(order[seq_len(at)]) - r2(order[seq_len(at - 1)])
			}))
		return(rowMeans(matrix(unlist(gains), nrow = p)))
	}
	subsets <- lapply(seq_len(2^p) - 1, function(s) which(bitwAnd(s, 2^(seq_len(p) - 1)) > 0))
	sapply(seq_len(p), function(j) sum(sapply(subsets, function(s)
		if (j %in% s) 0 else (r2(c(s, j)) - r2(s)) / (p * choose(p - 1, length(s))))))
}

# What is 0 but for rounding, in units of what it is part of.
tidy <- function(x, unit = 1) ifelse(abs(x) < 1e-14 * unit, 0, x)
