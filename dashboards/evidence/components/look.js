// What the charts share. The colours are from the palette of Okabe and Ito, which people who are
// colour-blind can tell apart; what matters also has a shape or a label of its own.
export const colours = {
	value: '#0072B2',
	bad: '#D55E00',
	good: '#009E73',
	middle: '#BBBBBB',
	limits: '#767676',
	band: 'rgba(0, 0, 0, 0.06)'
};

export const least = (metric) => (metric === 'NPS' ? -100 : 0);

export const units = { CES: '% easy', NPS: 'NPS, −100 to 100', CSAT: '% satisfied' };

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

// '2026-02-16' is 16 Feb. Weeks are text, as a date could move to another day with the time zone.
export const shortDate = (week) =>
	/^\d{4}-\d\d-\d\d$/.test(week) ? `${+week.slice(8)} ${months[week.slice(5, 7) - 1]}` : week;

export const number = (x) => x.toFixed(1).replace('-', '−');

// The range of an axis in steps of ten that has room for the values, and for labels beside them. It is
// within what a metric can be, from the least to 100.
export const range = (values, least, room = 0) => {
	const known = values.filter((v) => v !== null && v !== undefined);
	const low = Math.min(...known);
	const high = Math.max(...known);
	const more = room * (high - low);
	return {
		min: Math.max(least, Math.floor((low - more) / 10) * 10),
		max: Math.min(100, Math.ceil((high + more) / 10) * 10)
	};
};

export const text = { fontSize: 12, color: '#333333' };
export const title = (name) => ({ text: name, textStyle: { ...text, fontWeight: 600, fontSize: 13 }, left: 0, top: 4 });
export const axisName = { fontSize: 11, color: '#555555' };
