declare module "*.css";
declare module "virtual:tokens.css";

/** Set at build time: whether the component stories are part of this build. */
declare const __STORIES__: boolean;
/** Set at build time: the product's version. */
declare const __VERSION__: string;
