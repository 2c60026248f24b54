// How to show what has been built: npm run preview. As other web servers do, it leads from /agents
// to /agents/.
import { existsSync } from 'node:fs';

export default {
	appType: 'mpa',
	build: { outDir: 'build' },
	preview: { host: '127.0.0.1', port: 3000 },
	plugins: [
		{
			name: 'directories',
			configurePreviewServer: (server) =>
				void server.middlewares.use((request, response, next) => {
					const { pathname } = new URL(request.url, 'http://localhost');
					if (pathname.endsWith('/') || !existsSync(new URL(`build${pathname}/index.html`, import.meta.url))) return next();
					response.writeHead(302, { location: `${pathname}/` }).end();
				})
		}
	]
};
