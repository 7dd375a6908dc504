using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Panorama.Core.Errors;
using Panorama.Core.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace Panorama.Modeling.Native;

/// <summary>
/// Finds and loads libtorch, once per process, from one place for all build outputs, and holds its process-wide settings.
/// Every entry point of this project that touches a tensor calls <see cref="EnsureLoaded"/> first.
/// </summary>
public static class TorchRuntime
{
    private const string MissingVersion = "GLIBCXX_3.4.32";
    private static readonly Lock Gate = new();
    private static volatile bool _loaded;

    /// <summary>Version of the libtorch package this build refers to.</summary>
    public static string LibTorchVersion => NativeLayout.LibTorchVersion;

    /// <summary>Version of the TorchSharp package this build refers to.</summary>
    public static string TorchSharpVersion => NativeLayout.TorchSharpVersion;

    /// <summary>Folder libtorch was loaded from; <see langword="null"/> before <see cref="EnsureLoaded"/>.</summary>
    public static string? Folder { get; private set; }

    /// <summary>Loads libtorch and TorchSharp's native shim if that has not happened yet.</summary>
    /// <exception cref="JobException">A library is missing or does not load; the message says what to do.</exception>
    public static void EnsureLoaded()
    {
        if (_loaded)
        {
            return;
        }

        lock (Gate)
        {
            if (_loaded)
            {
                return;
            }

            NativeHeap.KeepFreedMemory();
            NativeLayout layout = NativeLayout.Find();
            LoadLibTorch(layout);
            LoadShim(layout);
            InitializeDeviceType(DeviceType.CPU);
            int threads = ThreadCount.FromEnvironment() ?? Environment.ProcessorCount;
            set_num_threads(threads);
            Folder = layout.LibTorchFolder;
            _loaded = true;
        }
    }

    /// <summary>Sets the number of threads of libtorch's operators.</summary>
    /// <param name="threads">1 or more; 0 keeps the default (<c>PANORAMA_THREADS</c>, otherwise all logical cores).</param>
    public static void SetThreads(int threads)
    {
        EnsureLoaded();
        if (threads > 0)
        {
            set_num_threads(threads);
        }
    }

    /// <summary>Threads of libtorch's operators.</summary>
    public static int Threads
    {
        get
        {
            EnsureLoaded();
            return get_num_threads();
        }
    }

    /// <summary>The device named <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    /// <param name="name">The device's name.</param>
    /// <exception cref="InputException">The name is unknown or the device is not there.</exception>
    public static Device SelectDevice(string name)
    {
        EnsureLoaded();
        if (name == "cpu")
        {
            return CPU;
        }

        int index = 0;
        if (name != "cuda" && !(name.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(name.AsSpan(5), out index) && index >= 0))
        {
            throw new InputException($"device is '{name}'; allowed: cpu, cuda, cuda:N.");
        }

        int count = cuda.is_available() ? cuda.device_count() : 0;
        return index < count
            ? new Device(DeviceType.CUDA, index)
            : throw new InputException($"device is '{name}', but {count} CUDA devices are visible to libtorch in {Folder}. Set PANORAMA_LIBTORCH to the lib folder of a CUDA build of libtorch {LibTorchVersion} (for one, of a Python installation of PyTorch), or use cpu.");
    }

    // The loader finds a library that is already in the process by its name, so loading in order of
    // dependency from one folder is enough; nothing has to lie beside the program.
    private static void LoadLibTorch(NativeLayout layout)
    {
        string[] names = layout.UserProvided
            ? ["c10", "torch_cpu", "c10_cuda", "torch_cuda", "torch"]
            : ["c10", "torch_cpu", "torch"];
        foreach (string name in names)
        {
            string path = Path.Combine(layout.LibTorchFolder, NativeLayout.FileName(name));
            if (!File.Exists(path) && name.Contains("cuda", StringComparison.Ordinal))
            {
                continue;
            }

            try
            {
                NativeLibrary.Load(path);
            }
            catch (DllNotFoundException error)
            {
                throw new JobException($"{path} does not load: {error.Message} Install what the message names, or set PANORAMA_LIBTORCH to a libtorch {LibTorchVersion} made for this system.", error);
            }
        }
    }

    private static void LoadShim(NativeLayout layout)
    {
        try
        {
            NativeLibrary.Load(layout.Shim);
            return;
        }
        catch (DllNotFoundException error) when (OperatingSystem.IsLinux() && error.Message.Contains(MissingVersion, StringComparison.Ordinal))
        {
            // The system's libstdc++ is older than GCC 13. The one symbol of that version the shim asks for is never
            // relocated, so a private copy with a weak requirement runs as it should.
        }
        catch (DllNotFoundException error)
        {
            throw new JobException($"{layout.Shim} does not load: {error.Message} It was built for libtorch {LibTorchVersion}; the one in use lies in {layout.LibTorchFolder}.", error);
        }

        string copy = PatchedCopy(layout.Shim);
        try
        {
            NativeLibrary.Load(copy);
        }
        catch (DllNotFoundException error)
        {
            throw new JobException($"{copy} does not load: {error.Message} Install libstdc++ of GCC 13 or newer (it provides {MissingVersion}).", error);
        }
    }

    private static string PatchedCopy(string shim)
    {
        byte[] image = File.ReadAllBytes(shim);
        string hash = Convert.ToHexStringLower(SHA256.HashData(image).AsSpan(0, 8));
        string cache = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create);
        string folder = Path.Combine(cache.Length > 0 ? cache : Path.GetTempPath(), "panorama", "native", hash);
        string copy = Path.Combine(folder, Path.GetFileName(shim));
        if (ElfVersionNeeds.MakeWeak(image, MissingVersion) == 0)
        {
            throw new JobException($"{shim} needs {MissingVersion}, but holds no such entry to relax. Install libstdc++ of GCC 13 or newer.");
        }

        // An existing copy is reused only when it holds the expected bytes; the rename is atomic because several ranks start at once.
        if (!File.Exists(copy) || !File.ReadAllBytes(copy).AsSpan().SequenceEqual(image))
        {
            Directory.CreateDirectory(folder);
            string temporary = Path.Combine(folder, $"{Guid.NewGuid():n}.tmp");
            File.WriteAllBytes(temporary, image);
            File.Move(temporary, copy, overwrite: true);
        }

        return copy;
    }
}
