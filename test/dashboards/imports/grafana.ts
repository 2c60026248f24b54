// What a dashboard file and the panels in it may say, as types of Grafana's own package.
import type * as heatmap from './node_modules/@grafana/schema/dist/types/raw/composable/heatmap/panelcfg/x/types.gen';
import type * as stat from './node_modules/@grafana/schema/dist/types/raw/composable/stat/panelcfg/x/types.gen';
import type * as table from './node_modules/@grafana/schema/dist/types/raw/composable/table/panelcfg/x/types.gen';
import type * as timeseries from './node_modules/@grafana/schema/dist/types/raw/composable/timeseries/panelcfg/x/types.gen';
import type { Dashboard } from './node_modules/@grafana/schema/dist/types/raw/dashboard/x/types.gen';

export interface Schemas {
    dashboard: Dashboard;
    options: {
        heatmap: heatmap.Options;
        stat: stat.Options;
        table: table.Options;
        timeseries: timeseries.Options;
    };
    custom: {
        heatmap: heatmap.FieldConfig;
        table: Partial<table.FieldConfig>;
        timeseries: timeseries.FieldConfig;
    };
}
