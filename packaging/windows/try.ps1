# usage: packaging/windows/try.ps1 INSTALLER [-Next INSTALLER]
# Tests the installer and the installed program on this Windows, in about two minutes. It reports whether each step worked.
# Screenshots, the report and the installer's log go to target\try. With -Next, the installer of a later version, it upgrades
# while the tray runs. At the end it uninstalls the program. It does not touch your configuration, history and tokens. For Windows
# PowerShell 5.1 and PowerShell 7. tests/lint checks the syntax; it has not run on Windows yet.
param(
    [Parameter(Mandatory = $true)] [string] $Installer,
    [string] $Next = ''
)
$ErrorActionPreference = 'Stop'
Set-Location (Join-Path $PSScriptRoot '..\..')
$left = Join-Path (Get-Location) 'target\try'
New-Item -ItemType Directory -Force $left | Out-Null
$result = Join-Path $left 'result.txt'
Set-Content $result ''
$script:failed = 0

function Say([string] $line) { Write-Host $line; Add-Content $result $line }
function Judge([bool] $is, [string] $what, [string] $otherwise = '') {
    if ($is) { Say "good: $what" } else { $script:failed++; Say "bad:  $what. $otherwise" }
}
# Runs a program and returns its output, with standard error, and its exit code.
function Run([string] $program, [string[]] $arguments, [string] $stdin = '') {
    $info = New-Object System.Diagnostics.ProcessStartInfo
    $info.FileName = $program
    $info.Arguments = ($arguments | ForEach-Object { if ($_ -match '\s') { '"' + $_ + '"' } else { $_ } }) -join ' '
    $info.UseShellExecute = $false
    $info.CreateNoWindow = $true
    $info.RedirectStandardInput = $true
    $info.RedirectStandardOutput = $true
    $info.RedirectStandardError = $true
    $process = [System.Diagnostics.Process]::Start($info)
    $errors = $process.StandardError.ReadToEndAsync()
    $process.StandardInput.Write($stdin)
    $process.StandardInput.Close()
    $said = $process.StandardOutput.ReadToEnd() + $errors.Result
    $process.WaitForExit()
    Add-Content (Join-Path $left 'said.txt') "> $program $($info.Arguments)`r`n$said"
    return [pscustomobject]@{ Said = $said.Trim(); Status = $process.ExitCode }
}
# Waits for a condition.
function Wait-Until([int] $seconds, [scriptblock] $condition) {
    $end = (Get-Date).AddSeconds($seconds)
    while ((Get-Date) -lt $end) {
        if (& $condition) { return $true }
        Start-Sleep -Milliseconds 250
    }
    return $false
}
function Install([string] $how, [string] $package, [string] $log) {
    $process = Start-Process msiexec -ArgumentList "/$how `"$package`" /qn /l*v `"$left\$log.log`"" -Wait -PassThru
    Judge ($process.ExitCode -eq 0) "$log by msiexec" "Its status is $($process.ExitCode): see target\try\$log.log"
}
function Entries {
    Get-ItemProperty 'HKCU:\Software\Microsoft\Windows\CurrentVersion\Uninstall\*', 'HKLM:\Software\Microsoft\Windows\CurrentVersion\Uninstall\*' -ErrorAction SilentlyContinue |
        Where-Object { $_.PSObject.Properties['DisplayName'] -and $_.DisplayName -eq 'Linode Bandwidth' }
}
function Trays { @(Get-Process 'linode-bandwidth' -ErrorAction SilentlyContinue) }
function Windows { @(Get-Process 'linode-bandwidth-window' -ErrorAction SilentlyContinue) }
function UserPath { [Environment]::GetEnvironmentVariable('Path', 'User') }
Add-Type -AssemblyName System.Windows.Forms
Add-Type -AssemblyName System.Drawing
Add-Type -Namespace Try -Name User32 -MemberDefinition @'
[DllImport("user32.dll")] public static extern IntPtr GetForegroundWindow();
[DllImport("user32.dll")] public static extern uint GetWindowThreadProcessId(IntPtr window, out uint process);
'@
function Picture([string] $name) {
    try {
        $screen = [System.Windows.Forms.SystemInformation]::VirtualScreen
        $bitmap = New-Object System.Drawing.Bitmap $screen.Width, $screen.Height
        $graphics = [System.Drawing.Graphics]::FromImage($bitmap)
        $graphics.CopyFromScreen($screen.Location, [System.Drawing.Point]::Empty, $screen.Size)
        $bitmap.Save((Join-Path $left "$name.png"))
        Say "good: picture: target\try\$name.png"
    } catch {
        Say "skipped: picture $name. $($_.Exception.Message)"
    }
}

$Installer = (Resolve-Path $Installer).Path
$programs = Join-Path $env:LOCALAPPDATA 'Programs\Linode Bandwidth'
$tray = Join-Path $programs 'linode-bandwidth.exe'
$window = Join-Path $programs 'linode-bandwidth-window.exe'
if ((Test-Path $tray) -or (Trays).Count -gt 0) { throw 'Linode Bandwidth is installed or runs: remove it first' }

# Installed.
Install 'i' $Installer 'install'
Judge (@(Entries).Count -eq 1) 'it is one of the installed applications'
Judge ((UserPath) -split ';' -contains "$programs\") "it is in the user's PATH" (UserPath)
$version = Run $tray @('--version')
Judge ($version.Said -like 'linode-bandwidth *') "the tray's program runs" $version.Said
if (Get-Command Get-StartApps -ErrorAction SilentlyContinue) {
    function Started { Get-StartApps | Where-Object { $_.Name -eq 'Linode Bandwidth' } }
    Judge (Wait-Until 20 { $null -ne (Started) }) 'it is in the start menu'
    Judge ("$((Started).AppID)" -eq 'LinodeBandwidth.LinodeBandwidth') 'the start menu knows its AppUserModelID' "$((Started).AppID)"
} else {
    Say 'skipped: the start menu, of which this Windows does not tell'
}
$link = Get-ItemProperty 'HKCU:\Software\Classes\linode-bandwidth\shell\open\command' -ErrorAction SilentlyContinue
Judge ($null -ne $link -and $link.'(default)' -like "*$window*") 'its links are known'

# Uses its own folders, not the user's.
$own = Join-Path ([IO.Path]::GetTempPath()) ("lb-" + [Guid]::NewGuid().ToString('N').Substring(0, 8))
New-Item -ItemType Directory $own, "$own\temp" | Out-Null
$env:LINODE_BANDWIDTH_CONFIG = "$own\config.toml"
$env:LINODE_BANDWIDTH_DATA_DIR = "$own\data"
$token = '0' * 64
$added = Run $tray @('accounts', 'add', 'Packaging try', '--token-stdin', '--no-verify') $token
Judge ($added.Status -eq 0) 'the Credential Manager takes a token' $added.Said
$copied = Run $tray @('accounts', 'duplicate', 'Packaging try', 'Packaging try 2')
Judge ($copied.Status -eq 0) 'the Credential Manager gives it back' $copied.Said
foreach ($name in 'Packaging try', 'Packaging try 2') {
    $removed = Run $tray @('accounts', 'remove', $name, '--yes')
    Judge ($removed.Status -eq 0) "the Credential Manager forgets $name" $removed.Said
}
$on = Run $tray @('autostart', 'on')
Judge ($on.Said -like 'on:*') 'start at login is switched on' $on.Said
$key = (Get-ItemProperty 'HKCU:\Software\Microsoft\Windows\CurrentVersion\Run').'Linode Bandwidth'
Judge ($key -like "*$programs*") 'the Run key names it' $key
$off = Run $tray @('autostart', 'off')
Judge ($off.Said -like 'off:*') 'start at login is switched off' $off.Said
(Run $tray @('doctor')).Said | Set-Content (Join-Path $left 'doctor.txt')

# The demo, with its own console, as Explorer starts it.
$temp = $env:TEMP, $env:TMP
$env:TEMP = "$own\temp"; $env:TMP = "$own\temp"
Start-Process $tray -ArgumentList 'demo'
$env:TEMP, $env:TMP = $temp
$found = Wait-Until 30 { @(Get-ChildItem "$own\temp\*\config.toml" -Force).Count -eq 1 }
Judge $found 'the demo starts'
if ($found) {
    $config = @(Get-ChildItem "$own\temp\*\config.toml" -Force)[0]
    $env:LINODE_BANDWIDTH_CONFIG = $config.FullName
    $env:LINODE_BANDWIDTH_DATA_DIR = $config.DirectoryName
}
$answers = Wait-Until 30 { (Run $tray @('refresh')).Said -notmatch '^$|no tray is running|does not answer' }
Judge $answers 'the demo answers'
Start-Sleep 3
Picture 'tray'
Start-Process $window -ArgumentList '--demo'
$shown = Wait-Until 30 { @(Windows | Where-Object { $_.MainWindowHandle -ne [IntPtr]::Zero }).Count -eq 1 }
Judge $shown 'the window is there'
Start-Sleep 4
Picture 'window'
if ($shown) {
    $of = [uint32] 0
    [Try.User32]::GetWindowThreadProcessId([Try.User32]::GetForegroundWindow(), [ref] $of) | Out-Null
    Judge ((Windows).Id -contains $of) 'the window is in front' "In front is $((Get-Process -Id $of).ProcessName)"
}
$quit = Run $window @('--quit-all')
Judge ($quit.Status -eq 0) 'it is asked to quit' $quit.Said
Judge (Wait-Until 20 { (Trays).Count -eq 0 }) 'the demo quits'
Judge (Wait-Until 20 { (Windows).Count -eq 0 }) 'its window closes with it'
$env:LINODE_BANDWIDTH_CONFIG = "$own\config.toml"
$env:LINODE_BANDWIDTH_DATA_DIR = $null

# A later version over the running tray. It uses the user's own folders, because Windows tells the installer of no others.
if ($Next -ne '' -and $env:CI) {
    $env:LINODE_BANDWIDTH_CONFIG = $null
    # A tray that starts at login starts again after an update.
    (Run $tray @('autostart', 'on')).Said | Out-Null
    Start-Process $window -ArgumentList '--tray --login'
    Judge (Wait-Until 30 { (Trays).Count -eq 1 }) 'the tray starts without a console'
    $before = (Trays).Id
    $Next = (Resolve-Path $Next).Path
    Install 'i' $Next 'upgrade'
    Judge (@(Entries).Count -eq 1) 'after the upgrade it is one of the installed applications once'
    Judge (Wait-Until 30 { @(Trays | Where-Object { $before -notcontains $_.Id }).Count -eq 1 }) 'the tray runs again after the upgrade'
    $Installer = $Next
} else {
    Say 'skipped: the upgrade'
}

# Removed.
Install 'x' $Installer 'uninstall'
Judge (Wait-Until 20 { (Trays).Count -eq 0 -and (Windows).Count -eq 0 }) 'nothing runs after the removal'
Judge (-not (Test-Path $programs)) "its folder is gone" ((Get-ChildItem $programs -ErrorAction SilentlyContinue) -join ', ')
Judge (@(Entries).Count -eq 0) 'it is none of the installed applications any more'
Judge (-not ((UserPath) -like '*Linode Bandwidth*')) "it is out of the user's PATH" (UserPath)
Judge (-not (Test-Path 'HKCU:\Software\Classes\linode-bandwidth')) 'its links are gone'
$left_to_run = Get-ItemProperty 'HKCU:\Software\Microsoft\Windows\CurrentVersion\Run' -Name 'Linode Bandwidth' -ErrorAction SilentlyContinue
Judge ($null -eq $left_to_run) 'nothing of it starts at login'
Remove-Item -Recurse -Force $own -ErrorAction SilentlyContinue
if ($script:failed) { Write-Host "$($script:failed) lines are bad: see target\try"; exit 1 }
