/** An edge refuses to start with nothing to collect; what stands here is to be replaced by the site's own. */
const EXAMPLE_RANGE = { range: "192.168.1.100-192.168.1.199", prefix: "S19_", type: "antminer" };

/** What an edge needs to upload to a site; everything else has its default. Strict JSON, as the first collector reads it. */
export function collectorConfig(apiUrl: string, apiKey: string, siteId: string): string {
  const config = {
    api_url: apiUrl,
    api_key: apiKey,
    site_id: siteId,
    collection_interval: 30,
    max_workers: 50,
    miners: [],
    ip_ranges: [EXAMPLE_RANGE],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
