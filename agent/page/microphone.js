// Getting at a microphone, and saying plainly why not.

const REASONS = {
  NotAllowedError: "The microphone was refused. Allow it for this page, with the icon beside the address, and start again.",
  NotFoundError: "No microphone was found. Plug one in and start again.",
  NotReadableError: "The microphone is in use by another program. Close that and start again.",
  OverconstrainedError: "That microphone is gone. Choose another and start again.",
};

export class MicrophoneError extends Error {}

export async function openMicrophone(deviceId = "") {
  if (!window.isSecureContext || !navigator.mediaDevices) {
    throw new MicrophoneError(
      "Browsers give the microphone only to https pages and to this machine itself. "
      + `Open http://127.0.0.1:${location.port || 80} on the machine that runs Parley, or put https in front of it.`);
  }
  const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
  if (deviceId) audio.deviceId = { exact: deviceId };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch (error) {
    throw new MicrophoneError(REASONS[error.name] ?? `The microphone cannot be used: ${error.message}`);
  }
}

// Names are known only once a microphone has been allowed.
export async function listMicrophones() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter((device) => device.kind === "audioinput" && device.deviceId);
}
