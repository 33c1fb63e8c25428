/** The release of Banksman that this is; the manifests of all its packages say the same. */
export const VERSION = "0.1.0";
