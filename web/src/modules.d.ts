declare module "*.css";
declare module "virtual:tokens.css";

/** Set at build time: whether the component stories are part of this build. */
declare const __STORIES__: boolean;
/** Set at build time: the product's version. */
declare const __VERSION__: string;

/** Natural Earth's land, 1:110 million, as TopoJSON. */
declare module "world-atlas/land-110m.json" {
  import type { GeometryCollection, Topology } from "topojson-specification";

  const atlas: Topology<{ land: GeometryCollection }>;
  export default atlas;
}

/** The player without what no camera has: subtitles, alternate audio, encryption by licence. It comes without types. */
declare module "hls.js/light" {
  import Hls from "hls.js";

  export default Hls;
}
