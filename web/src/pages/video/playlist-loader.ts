import type { LoaderCallbacks, LoaderConfiguration, LoaderContext, PlaylistLoaderContext } from "hls.js";
import type Hls from "hls.js/light";

/** Below the first number, so that another variant of the stream, a little behind, counts upward too. */
const ROOM = 100;

/**
 * Counts a stream's discontinuities from where it was first read. hls.js walks a list as long as their number with each
 * playlist: of a camera that counts since its first day that takes longer than the playlist lasts.
 */
export function discontinuityCounter(): (playlist: string) => string {
  let first: number | null = null;
  return (playlist) =>
    playlist.replace(/^(#EXT-X-DISCONTINUITY-SEQUENCE:)(\d+)/m, (_, tag: string, digits: string) => {
      first ??= Math.max(0, Number(digits) - ROOM);
      return `${tag}${Math.max(0, Number(digits) - first)}`;
    });
}

/** hls.js's own loader of playlists, whose texts go through the counter. */
export function playlistLoader(Player: typeof Hls) {
  const counted = discontinuityCounter();
  return class extends Player.DefaultConfig.loader {
    declare context: PlaylistLoaderContext | null;

    override load(
      context: LoaderContext,
      config: LoaderConfiguration,
      callbacks: LoaderCallbacks<LoaderContext>,
    ): void {
      super.load(context, config, {
        ...callbacks,
        onSuccess: ({ data, ...response }, ...rest) => {
          const text = typeof data === "string" ? counted(data) : data;
          callbacks.onSuccess({ ...response, ...(text === undefined ? {} : { data: text }) }, ...rest);
        },
      });
    }
  };
}
