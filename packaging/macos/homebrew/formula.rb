# Builds from source. On macOS it installs an application, because only applications can have an icon in the menu bar.
class LinodeBandwidth < Formula
  desc "Network transfer of Linode accounts in the menu bar or system tray"
  homepage "@homepage@"
  url "@url linode-bandwidth-@version@-source.tar.gz@"
  sha256 "@sha256 linode-bandwidth-@version@-source.tar.gz@"
  license any_of: ["MIT", "Apache-2.0"]

  depends_on "librsvg" => :build
  depends_on "rust" => :build

  def install
    system "cargo", "build", "--release", "--locked"
    if OS.mac?
      system "packaging/macos/make", "target/release", prefix, "draft"
      # Not a link: macOS would look for the application in the link's folder.
      bin.write_exec_script prefix/"Linode Bandwidth.app/Contents/MacOS/linode-bandwidth"
    else
      bin.install "target/release/linode-bandwidth", "target/release/linode-bandwidth-window"
    end
    generate_completions_from_executable(bin/"linode-bandwidth", "completions")
    (man1/"linode-bandwidth.1").write Utils.safe_popen_read(bin/"linode-bandwidth", "man")
  end

  def caveats
    on_macos do
      <<~EOS
        To have it in the Applications folder:
          ln -s "#{opt_prefix}/Linode Bandwidth.app" /Applications
      EOS
    end
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/linode-bandwidth --version")
  end
end
